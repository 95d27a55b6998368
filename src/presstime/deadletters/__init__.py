"""The dead letter queue: executions that are out of retries wait here for a person, with their whole history.

An item is made in the transaction in which its execution dies. Retrying makes a new execution for the same planned
instant; its end resolves the item or opens it again. At most 1,000 items are open: beyond that the oldest give way.
"""
