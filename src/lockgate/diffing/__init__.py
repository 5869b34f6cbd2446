"""Two schemas laid side by side: what differs, what each difference does, and the SQL that makes it. Pure."""
