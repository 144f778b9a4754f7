"""The performance benchmark: `python -m bench` (or `make bench`) measures the real server on PostgreSQL.

`generate` fills a database with proposals of all 7,850 local governments, `load` sends the requests, and
`__main__` compares 1,000 proposals with 100,000 and says whether the floors hold.
"""
