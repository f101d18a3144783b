"""Counts to two, and ends."""

import counter

print(counter.count(), counter.count())
