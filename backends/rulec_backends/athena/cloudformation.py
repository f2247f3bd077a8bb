"""A CloudFormation template: the prepared statement, an EventBridge rule with the schedule, and a state machine that runs it.

The state machine executes the statement for the window that ends at the scheduled time, pages through the result to count its rows, and
puts an event on the default bus when the threshold is met. Its expressions are JSONata.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from rulec.alert import AlertSpec
from rulec.backend import TargetOptions, Unit
from rulec.errors import Diagnostic
from rulec_backends.athena.meta import fields

if TYPE_CHECKING:
    from rulec_backends.athena.backend import Query

_MINUTE: Final = 600_000_000
_UNITS: Final = ((1440, "day"), (60, "hour"), (1, "minute"))
_OPERATORS: Final = {"gt": ">", "lt": "<", "eq": "=", "ne": "!="}
_NEXT_PAGE: Final = (
    "{% $merge([{'QueryExecutionId': $execution, 'MaxResults': 1000}, "
    "$exists($states.input.token) ? {'NextToken': $states.input.token} : {}]) %}"
)
_STAMP: Final = "[Y0001]-[M01]-[D01] [H01]:[m01]:[s01]"


def template(unit: Unit, options: TargetOptions, query: Query) -> str | Diagnostic:
    """The template, or a finding when there is no schedule to build."""
    alert = unit.alert
    if alert is None or alert.frequency is None or alert.period is None:
        return Diagnostic.at(
            unit.query.relation.span,
            "RC403",
            "a query without a schedule has no CloudFormation form",
            "use `-f sql`, or a rule of kind Scheduled",
        )
    if alert.frequency % _MINUTE:
        return Diagnostic.at(unit.query.relation.span, "RC403", "EventBridge runs rules by whole minutes")
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{alert.name} (rule {alert.id}, version {alert.version})"[:1024],
        "Parameters": _parameters(options),
        "Resources": _resources(alert, _name(alert), query),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _name(alert: AlertSpec) -> str:
    return "rulec_" + re.sub(r"\W", "_", alert.id, flags=re.ASCII)


def _parameters(options: TargetOptions) -> dict[str, Any]:
    texts = {
        "Database": ("The Glue database of the tables", options.settings.get("database", "default")),
        "WorkGroup": ("The Athena workgroup; it must have a place for results", options.settings.get("workgroup", "primary")),
        "ResultBucket": ("The bucket of the workgroup's results", None),
        "LogBucket": ("The bucket of the logs", None),
    }
    return {
        name: {"Type": "String", "Description": text, **({"Default": default} if default else {})}
        for name, (text, default) in texts.items()
    }


def _resources(alert: AlertSpec, name: str, query: Query) -> dict[str, Any]:
    return {
        "Statement": {
            "Type": "AWS::Athena::PreparedStatement",
            "Properties": {
                "StatementName": name,
                "WorkGroup": {"Ref": "WorkGroup"},
                "Description": alert.name[:1024],
                "QueryStatement": query.text,
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "Definition": _machine(alert, name, query.parameters),
                "DefinitionSubstitutions": {"workGroup": {"Ref": "WorkGroup"}, "database": {"Ref": "Database"}},
            },
        },
        "MachineRole": _role("states.amazonaws.com", _machine_policy()),
        "Schedule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": alert.name[:512],
                "ScheduleExpression": schedule(alert.frequency or 0),
                "State": "ENABLED",
                "Targets": [{"Id": "machine", "Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["ScheduleRole", "Arn"]}}],
            },
        },
        "ScheduleRole": _role(
            "events.amazonaws.com", [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": {"Ref": "Machine"}}]
        ),
    }


def schedule(frequency: int) -> str:
    """`rate(1 day)` of a frequency in ticks."""
    minutes = frequency // _MINUTE
    size, unit = next((s, u) for s, u in _UNITS if minutes % s == 0)
    count = minutes // size
    return f"rate({count} {unit}{'s' if count != 1 else ''})"


def _machine(alert: AlertSpec, name: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    """Window, Execute, Page until there are no more rows, Decide, Alert."""
    period = (alert.period or 0) // 10_000
    moments = {
        "window_end": f"{{% $fromMillis($toMillis($states.input.time), '{_STAMP}') %}}",
        "window_start": f"{{% $fromMillis($toMillis($states.input.time) - {period}, '{_STAMP}') %}}",
    }
    moments["now"] = moments["window_end"]
    values = [f"'{{{p}}}'" for p in parameters]
    text = f"EXECUTE {name}" + (f" USING {', '.join(values)}" if values else "")
    statement = "{% '" + text.replace("'", "\\'") + "' %}"
    for p in parameters:
        statement = statement.replace(f"{{{p}}}", f"' & ${p} & '")
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Window",
        "States": {
            "Window": {"Type": "Pass", "Assign": {**moments, "rows": -1}, "Next": "Execute"},
            "Execute": {
                "Type": "Task",
                "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
                "Arguments": {"QueryString": statement, "WorkGroup": "${workGroup}", "QueryExecutionContext": {"Database": "${database}"}},
                "Assign": {"execution": "{% $states.result.QueryExecution.QueryExecutionId %}"},
                "Output": {},
                "Next": "Page",
            },
            "Page": {
                "Type": "Task",
                "Resource": "arn:aws:states:::athena:getQueryResults",
                "Arguments": _NEXT_PAGE,
                # the first row of the first page names the columns
                "Assign": {"rows": "{% $rows + $count($states.result.ResultSet.Rows) %}"},
                "Output": "{% $exists($states.result.NextToken) ? {'token': $states.result.NextToken} : {} %}",
                "Next": "More",
            },
            "More": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $exists($states.input.token) %}", "Next": "Page"}],
                "Default": "Decide",
            },
            "Decide": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": f"{{% $rows {_OPERATORS[alert.trigger_operator]} {alert.trigger_threshold} %}}", "Next": "Alert"}
                ],
                "Default": "Quiet",
            },
            "Alert": {
                "Type": "Task",
                "Resource": "arn:aws:states:::events:putEvents",
                "Arguments": {"Entries": [{"Source": "rulec", "DetailType": "alert", "Detail": _detail(alert)}]},
                "End": True,
            },
            "Quiet": {"Type": "Succeed"},
        },
    }


def _detail(alert: AlertSpec) -> dict[str, Any]:
    found = {
        "rows": "{% $rows %}",
        "queryExecutionId": "{% $execution %}",
        "windowStart": "{% $window_start %}",
        "windowEnd": "{% $window_end %}",
    }
    return {"rule": {k: v for k, v in fields(alert).items() if k not in ("schedule", "trigger")}, **found}


def _role(service: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "run", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
        },
    }


def _machine_policy() -> list[dict[str, Any]]:
    def arn(text: str) -> dict[str, str]:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:{text}"}

    athena = ["StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetPreparedStatement", "GetDataCatalog"]
    glue = ["GetDatabase", "GetDatabases", "GetTable", "GetTables", "GetPartition", "GetPartitions", "BatchGetPartition"]
    return [
        {"Effect": "Allow", "Action": [f"athena:{a}" for a in athena], "Resource": "*"},
        {"Effect": "Allow", "Action": [f"glue:{a}" for a in glue], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": [arn("s3:::${LogBucket}"), arn("s3:::${LogBucket}/*")],
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:PutObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            "Resource": [arn("s3:::${ResultBucket}"), arn("s3:::${ResultBucket}/*")],
        },
        {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn("events:${AWS::Region}:${AWS::AccountId}:event-bus/default")},
    ]
