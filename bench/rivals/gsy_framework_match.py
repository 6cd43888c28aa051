"""Times the matching of gsy-framework (Grid Singularity) on a book of Sealwatt.

usage: gsy_framework_match.py pay-as-bid|pay-as-clear < orders.json

Reads docs/schemas/orders.schema.json, prints {"version", "durationsMs", "trades"}. Only the
matching is timed, on dicts that are ready: energy in kWh, rates in the currency per kWh.
"""

import copy
import importlib.metadata
import json
import sys
import time

from gsy_framework.matching_algorithms import (
    PayAsBidMatchingAlgorithm,
    PayAsClearMatchingAlgorithm,
)

ALGORITHMS = {
    "pay-as-bid": PayAsBidMatchingAlgorithm,
    "pay-as-clear": PayAsClearMatchingAlgorithm,
}
RUNS = 3


def to_rival_order(order, party):
    return {
        "id": order["id"],
        party: order["id"],
        "energy": order["energyWh"] / 1000,
        "energy_rate": order["priceMicroPerKwh"] / 1_000_000,
    }


def to_matching_data(orders):
    time_slot = "2025-01-01T12:00"
    data = {
        "bids": [to_rival_order(o, "buyer") for o in orders if o["side"] == "buy"],
        "offers": [to_rival_order(o, "seller") for o in orders if o["side"] == "sell"],
        "current_time": time_slot,
    }
    return {"market": {time_slot: data}}


def main():
    algorithm = ALGORITHMS[sys.argv[1]]
    matching_data = to_matching_data(json.load(sys.stdin)["orders"])
    durations_ms = []
    matches = []
    for _ in range(RUNS):
        data = copy.deepcopy(matching_data)
        start = time.perf_counter()
        matches = algorithm().get_matches_recommendations(data)
        durations_ms.append((time.perf_counter() - start) * 1000)
    version = importlib.metadata.version("gsy-framework")
    print(json.dumps({"version": version, "durationsMs": durations_ms, "trades": len(matches)}))


if __name__ == "__main__":
    main()
