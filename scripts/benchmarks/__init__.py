"""Benchmarks of Muster: real server processes, a real generator, ratios within one run.

Only ratios mean anything on another machine, so every figure is held against rivals that run in
turn with it, in the same minute, on the same cores.
"""
