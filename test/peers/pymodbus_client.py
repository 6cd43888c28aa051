"""Reads registers with pymodbus and prints them as hex, or what went wrong.

    pymodbus_client.py tcp|rtu-over-tcp HOST PORT UNIT FUNCTION ADDRESS COUNT
    pymodbus_client.py rtu PATH BAUD,PARITY UNIT FUNCTION ADDRESS COUNT

For pymodbus 3.0, which Debian has, and for those that name things otherwise.
"""

import inspect
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient

try:
    from pymodbus.framer import FramerType

    RTU_FRAMER = FramerType.RTU
except ImportError:
    from pymodbus.framer.rtu_framer import ModbusRtuFramer as RTU_FRAMER

kind, where, how, unit, function, address, count = sys.argv[1:]
if kind == "rtu":
    baud, parity = how.split(",")
    client = ModbusSerialClient(where, baudrate=int(baud), parity=parity, timeout=1, retries=0)
else:
    framer = {"framer": RTU_FRAMER} if kind == "rtu-over-tcp" else {}
    client = ModbusTcpClient(where, port=int(how), timeout=1, retries=0, **framer)

read = client.read_holding_registers if function == "3" else client.read_input_registers
names = inspect.signature(read).parameters
unit_name = "device_id" if "device_id" in names else "slave"
try:
    if not client.connect():
        raise ConnectionError("no connection")
    answer = read(int(address), count=int(count), **{unit_name: int(unit)})
    if answer.isError():
        code = getattr(answer, "exception_code", None)
        print(f"error: exception {code}" if code is not None else f"error: {answer}")
        sys.exit(1)
    print("".join(f"{word:04x}" for word in answer.registers))
except Exception as error:
    print(f"error: {error}")
    sys.exit(1)
finally:
    client.close()
