"""`rulec run`: a compiled rule over local files, with either engine; what comes out are alerts."""
