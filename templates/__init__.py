"""The shipped template repository: messages, notices, layouts, brands and sample profiles."""
