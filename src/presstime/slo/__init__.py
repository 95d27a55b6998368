"""Service levels: what was promised, what was kept, measured by Presstime itself with the formula beside each figure."""
