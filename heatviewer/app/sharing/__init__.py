"""Check before sharing: what of a session, a style or a picture identifies a patient."""
