"""What a compliance officer sees before signing: every sentence a template can say, and what may be sent."""
