"""The desktop application: views over the other rooms. Qt stays in here."""
