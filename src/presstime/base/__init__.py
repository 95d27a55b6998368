"""What every feature stands on: clock, ids, errors, loops, configuration. Imports nothing of Django."""
