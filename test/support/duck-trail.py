# Reads { "records": [...], "queries": { name: Trino SQL } } on standard input, runs each query in DuckDB, and prints { name: rows } as JSON.
import json, os, sys, tempfile
import duckdb, sqlglot

asked = json.load(sys.stdin)
IDENTITY = "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, identityprovider VARCHAR, username VARCHAR, sessioncontext STRUCT(sessionissuer STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR)))"
COLUMNS = {name: "VARCHAR" for name in "account region timestamp eventtime eventsource eventname errorcode requestparameters sourceipaddress recipientaccountid sharedeventid eventid".split()}
COLUMNS["useridentity"] = IDENTITY


def lower(value):
    if isinstance(value, dict):
        return {key.lower(): lower(inner) for key, inner in value.items()}
    return value


def row(record):
    flat = {key.lower(): lower(value) if key == "userIdentity" else value for key, value in record.items()}
    flat["requestparameters"] = json.dumps(record.get("requestParameters"))
    flat["account"] = record["recipientAccountId"]
    flat["region"] = record["awsRegion"]
    flat["timestamp"] = record["eventTime"][:10].replace("-", "/")
    return {name: flat.get(name) for name in COLUMNS}


database = duckdb.connect()
with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
    for record in asked["records"]:
        file.write(json.dumps(row(record)) + "\n")
columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
database.execute(f"CREATE TABLE cloudtrail_logs AS SELECT * FROM read_json('{file.name}', format='newline_delimited', columns={{{columns}}})")
os.unlink(file.name)
answer = {}
for name, query in asked["queries"].items():
    (sql,) = sqlglot.transpile(query, read="trino", write="duckdb")
    result = database.execute(sql)
    names = [column[0] for column in result.description]
    answer[name] = [dict(zip(names, (None if cell is None else str(cell) for cell in row))) for row in result.fetchall()]
print(json.dumps(answer))
