"""Assets: the pictures, themes and fonts beside the reports, checked before they are put there. They are files and no rows."""
