"""The demonstration network: generated, the same at every run, and saying that it is synthetic.

Nothing in it is a copy of real data. `size` says how many of what, `people`, `places` and `figures`
are pure functions of the size and the seed, `store` writes them, `staff` and `history` add those who
work with them and what they did.
"""
