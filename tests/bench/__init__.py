"""Speed and memory at the size of a whole country's network, each beside the bare SQL that does the same work.

`make bench` runs every module `bench_*.py` here in the order of their names, all on one freshly
migrated database. A module has `run(report)`:

    def run(report: Report) -> None:
        with stopwatch() as ours: ...
        with stopwatch() as bare: ...
        report.compare("import 2.4 million figures", ours=ours.seconds, bare=bare.seconds, limit=2.5)
"""
