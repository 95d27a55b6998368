"""The Django project: settings derived from Presstime's configuration, routes, and the WSGI entry."""
