"""What anybody can check afterwards: the published board of papers, receipts, the evidence pack.

Tables: `evidence_pack`, `evidence_piece`. Promise: whoever has the files needs nothing else of ours
to recount and to find a changed byte, and a receipt proves that a paper is in the count.
"""
