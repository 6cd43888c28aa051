/*
 * Reads registers with libmodbus and prints them as hex, or what went wrong.
 *
 *   libmodbus_client tcp HOST PORT UNIT FUNCTION ADDRESS COUNT
 *   libmodbus_client rtu PATH BAUD,PARITY UNIT FUNCTION ADDRESS COUNT
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  modbus_t *context;
  if (strcmp(argv[1], "tcp") == 0) {
    context = modbus_new_tcp(argv[2], atoi(argv[3]));
  } else {
    const char *comma = strchr(argv[3], ',');
    context = modbus_new_rtu(argv[2], atoi(argv[3]), comma == NULL ? 'N' : comma[1], 8, 1);
  }
  if (context == NULL) return 2;
  modbus_set_slave(context, atoi(argv[4]));
  modbus_set_response_timeout(context, 1, 0);
  if (modbus_connect(context) == -1) {
    printf("error: %s\n", modbus_strerror(errno));
    return 1;
  }
  int address = atoi(argv[6]);
  int count = atoi(argv[7]);
  uint16_t registers[MODBUS_MAX_READ_REGISTERS];
  int got = atoi(argv[5]) == 3 ? modbus_read_registers(context, address, count, registers)
                               : modbus_read_input_registers(context, address, count, registers);
  if (got == -1) {
    printf("error: %s\n", modbus_strerror(errno));
  } else {
    for (int i = 0; i < got; i++) printf("%04x", registers[i]);
    printf("\n");
  }
  modbus_close(context);
  modbus_free(context);
  return got == count ? 0 : 1;
}
