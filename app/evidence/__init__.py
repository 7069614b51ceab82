"""What anybody can check afterwards: the board of papers, receipts, the evidence pack.

Owns the table of boards. Its promise: whoever has the files needs nothing else of ours to recount
and to find a changed byte, and a receipt proves that a paper is in the count.
"""
