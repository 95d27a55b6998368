"""Says before anything starts what is wrong with the settings and with what they lead to: all of it at once, in words."""
