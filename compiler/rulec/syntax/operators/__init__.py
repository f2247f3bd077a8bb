"""One parse function an operator. Each starts at the operator's keyword and takes everything up to the next `|`.

Source: Kusto.Language `QueryParser`, and Learn's page of each operator.
"""
