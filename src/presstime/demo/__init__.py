"""The demonstration: real public data, three reports over it, and a working installation by one command."""
