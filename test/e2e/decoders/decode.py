"""Decodes what an exporter sent with libraries that are not this project's, and prints it as JSON.

Usage: decode.py otlp-traces|otlp-metrics|thrift < body
"""

import json
import os
import sys


def otlp(message_type):
    from google.protobuf.json_format import MessageToDict

    message = message_type()
    message.ParseFromString(sys.stdin.buffer.read())
    return MessageToDict(message)


def otlp_traces():
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    return otlp(ExportTraceServiceRequest)


def otlp_metrics():
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    return otlp(ExportMetricsServiceRequest)


def plain(value):
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "thrift_spec"):
        return {name: plain(one) for name, one in vars(value).items() if one is not None}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)  # JavaScript would round it.
    return value


def thrift():
    import opentelemetry

    folder = os.path.join(list(opentelemetry.__path__)[0], "exporter", "jaeger", "thrift", "gen")
    sys.path.insert(0, folder)
    from jaeger.ttypes import Batch
    from thrift.protocol.TBinaryProtocol import TBinaryProtocol
    from thrift.transport.TTransport import TMemoryBuffer

    buffer = TMemoryBuffer(sys.stdin.buffer.read())
    batch = Batch()
    batch.read(TBinaryProtocol(buffer))
    batch.validate()
    for span in batch.spans:
        span.validate()
    rest = buffer.read(1)
    if rest:
        raise SystemExit("bytes are left after the batch")
    return plain(batch)


decoders = {"otlp-traces": otlp_traces, "otlp-metrics": otlp_metrics, "thrift": thrift}
json.dump(decoders[sys.argv[1]](), sys.stdout)
