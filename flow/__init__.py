"""What a template can say: schema, source, linking, worlds and the analyses over them."""
