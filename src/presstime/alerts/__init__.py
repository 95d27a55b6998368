"""One place where features raise and clear alerts; each is told once to the people whom it concerns, and once when it is over."""
