"""How often what fails, by whom and for how long: counted when it happens, so that trends outlive the executions."""
