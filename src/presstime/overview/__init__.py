"""The first page: what needs a person, how the last day went, what runs next."""
