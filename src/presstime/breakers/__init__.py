"""Circuit breakers: one row for each data source and for the mail server, shared by all processes; half-open lets one trial through."""
