"""Muster: a union's indicative ballots, and how turnout stands for all who need to know."""
