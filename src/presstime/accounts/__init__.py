"""Who may do what: users with one role each, API tokens with scopes, and every door closed unless it names its right."""
