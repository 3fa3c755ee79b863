"""State in a database: the only place that knows SQLAlchemy, and which database it is.

SQLAlchemy Core writes the tables, the statements in each database's own words, and keeps the connections. What runs
with every request runs on the driver itself, each statement compiled once: compiling, or only looking it up, would cost
more than the statement.
"""
