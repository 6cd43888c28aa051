"""A meter made with pymodbus. It prints "ready" and answers until it is killed.

    pymodbus_server.py tcp|rtu-over-tcp HOST PORT UNIT FUNCTION:ADDRESS:HEX ...
    pymodbus_server.py rtu PATH BAUD,PARITY UNIT FUNCTION:ADDRESS:HEX ...

For pymodbus 3.0, which Debian has, and for the latest of PyPI, which describes devices otherwise.
"""

import asyncio
import sys

from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

kind, where, how, unit, *blocks = sys.argv[1:]
tables = {"3": {}, "4": {}}
for block in blocks:
    function, address, words = block.split(":")
    values = [int(words[at : at + 4], 16) for at in range(0, len(words), 4)]
    tables[function][int(address)] = values

try:
    from pymodbus.framer import FramerType
    from pymodbus.simulator import DataType, SimData, SimDevice

    RTU_FRAMER = FramerType.RTU
    BITS = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]

    def registers(table):
        # Beside the meter's own there must be one.
        return [
            SimData(address, values=values, datatype=DataType.REGISTERS)
            for address, values in (table or {65535: [0]}).items()
        ]

    context = SimDevice(
        int(unit), simdata=(BITS, BITS, registers(tables["3"]), registers(tables["4"]))
    )
except ImportError:
    from pymodbus.datastore import (
        ModbusServerContext,
        ModbusSlaveContext,
        ModbusSparseDataBlock,
    )
    from pymodbus.framer.rtu_framer import ModbusRtuFramer as RTU_FRAMER

    def registers(table):
        return ModbusSparseDataBlock(table or {65535: [0]})

    slave = ModbusSlaveContext(
        hr=registers(tables["3"]), ir=registers(tables["4"]), zero_mode=True
    )
    context = ModbusServerContext(slaves={int(unit): slave}, single=False)


async def main():
    if kind == "rtu":
        baud, parity = how.split(",")
        server = StartAsyncSerialServer(
            context=context, framer=RTU_FRAMER, port=where, baudrate=int(baud), parity=parity
        )
    else:
        framer = {"framer": RTU_FRAMER} if kind == "rtu-over-tcp" else {}
        server = StartAsyncTcpServer(context=context, address=(where, int(how)), **framer)
    running = asyncio.ensure_future(server)
    # It has no word for being ready; one that cannot start ends at once.
    await asyncio.wait([running], timeout=0.5)
    if running.done():
        running.result()
    print("ready", flush=True)
    await running
    # Some start a server and return.
    await asyncio.Event().wait()


asyncio.run(main())
