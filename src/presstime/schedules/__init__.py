"""Schedules: what is run when and sent to whom, and the firing of exactly one execution per planned instant."""
