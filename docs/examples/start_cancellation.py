"""Cancels a VMware Cloud on AWS task through vmc-cancel, and waits until the API has said how it ended.

By the contract alone (docs/contract.md): nothing of vmc-cancel is imported, so any Temporal SDK can do the same.

    pip install -r requirements.txt
    python start_cancellation.py ORG TASK --deadline 6h --reason "wrong region"
"""

import argparse
import asyncio
import json
import os
import re
import sys

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

EXIT_CODES = {
    "CANCELED": 0,
    "FINISHED": 10,
    "FAILED": 11,
    "NOT_CANCELABLE": 12,
    "DEADLINE_EXCEEDED": 13,
    "ABANDONED": 14,
}
EXIT_NO_VERDICT = 1


UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def canonical(id: str) -> str:
    """A UUID is one id in either case: one task has one workflow id."""
    return id.lower() if UUID.fullmatch(id) else id


async def start(client: Client, task: dict) -> WorkflowHandle:
    """Starts the cancellation, or joins the one that runs already: that one keeps its options."""
    return await client.start_workflow(
        "cancelTask",
        task,
        id=f"vmc-cancel:{canonical(task['orgId'])}:{canonical(task['taskId'])}",
        task_queue=os.environ.get("VMC_CANCEL_TASK_QUEUE") or "vmc-cancel",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"Cancel task {task['taskId']} in org {task['orgId']}"[:200],
        result_type=dict,
    )


def task_from_command_line() -> dict:
    parser = argparse.ArgumentParser(
        description="Cancel a VMC task, wait for the verdict, and print it as JSON.",
        epilog="Exit codes: 0 CANCELED, 10 FINISHED, 11 FAILED, 12 NOT_CANCELABLE, 13 DEADLINE_EXCEEDED, 14 ABANDONED,"
        " 1 no verdict, 2 usage. Temporal is found by the TEMPORAL_* variables or its profile file.",
    )
    parser.add_argument("orgId", metavar="ORG")
    parser.add_argument("taskId", metavar="TASK")
    parser.add_argument("--deadline", help="how long to wait for a verdict, such as 90s or 6h (default: 24h)")
    parser.add_argument(
        "--on-declined",
        dest="onDeclined",
        choices=["return", "monitor", "retry"],
        help="what to do when the API declines (default: return)",
    )
    parser.add_argument("--reason", help="why; kept in the result, never sent to the API")
    given = vars(parser.parse_args())
    return {name: value for name, value in given.items() if value is not None}


async def main() -> int:
    task = task_from_command_line()
    connection = {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}
    try:
        handle = await start(await Client.connect(**connection), task)
        print(f"waiting for {handle.id}", file=sys.stderr)
        result = await handle.result()
    except WorkflowFailureError as failure:
        print(failure.cause, file=sys.stderr)
        return EXIT_NO_VERDICT
    except (RPCError, RuntimeError) as error:
        print(f"Temporal at {connection['target_host']}: {error}", file=sys.stderr)
        return EXIT_NO_VERDICT
    print(json.dumps(result, indent=2))
    return EXIT_CODES[result["outcome"]]


if __name__ == "__main__":
    exit_code = asyncio.run(main())
    sys.stdout.flush()
    # The SDK's own threads may still be ending, and now and then crash an interpreter that is torn down under them.
    os._exit(exit_code)
