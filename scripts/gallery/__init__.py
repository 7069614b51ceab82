"""Every page of Muster in the demonstration's data, opened the way its reader comes to it.

Pictures (`scripts/screenshots`), the tests of accessibility and `scripts/bench pages` look at the
same list, so a page that is missing here is missing nowhere else unseen.
"""
