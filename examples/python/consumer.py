"""Prints events as they come: python consumer.py --brokers 127.0.0.1:9092 --topics pioche.inventory,pioche.billing"""

import argparse
import json
import os

from confluent_kafka import Consumer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--brokers", default="127.0.0.1:9092")
parser.add_argument(
    "--topics",
    default="pioche.inventory,pioche.scheduling,pioche.billing,pioche.sovereignty,pioche.lab",
)
parser.add_argument("--group", default=f"example-python-{os.getpid()}")
parser.add_argument("--count", type=int, default=0, help="ends after so many events; 0: never")
options = parser.parse_args()

consumer = Consumer(
    {
        "bootstrap.servers": options.brokers,
        "group.id": options.group,
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe(options.topics.split(","))

seen = 0
try:
    while options.count == 0 or seen < options.count:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise SystemExit(f"Kafka: {message.error()}")
        event = json.loads(message.value())  # a CloudEvent; docs/events.md says what its data holds
        data = json.dumps(event["data"], separators=(",", ":"), ensure_ascii=False)
        print(event["time"], event["type"], event["subject"], data, flush=True)
        seen += 1
finally:
    consumer.close()
