/*
 * A meter made with libmodbus. It prints "ready" and answers until it is killed.
 *
 *   libmodbus_server tcp HOST PORT UNIT FUNCTION:ADDRESS:HEX ...
 *   libmodbus_server rtu PATH BAUD,PARITY UNIT FUNCTION:ADDRESS:HEX ...
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fill(modbus_mapping_t *mapping, const char *block) {
  int function, address, start;
  if (sscanf(block, "%d:%d:%n", &function, &address, &start) != 2) exit(2);
  uint16_t *registers = function == 3 ? mapping->tab_registers : mapping->tab_input_registers;
  for (const char *at = block + start; strlen(at) >= 4; at += 4) {
    char word[5] = {at[0], at[1], at[2], at[3], 0};
    registers[address++] = (uint16_t)strtol(word, NULL, 16);
  }
}

static void serve(modbus_t *context, modbus_mapping_t *mapping) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(context, query);
    if (length > 0) modbus_reply(context, query, length, mapping);
    /* A damaged request is passed over; a client that has gone is waited for anew. */
    if (length == -1 && (errno == ECONNRESET || errno == EBADF)) return;
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  int is_tcp = strcmp(argv[1], "tcp") == 0;
  const char *comma = strchr(argv[3], ',');
  modbus_t *context =
      is_tcp ? modbus_new_tcp(argv[2], atoi(argv[3]))
             : modbus_new_rtu(argv[2], atoi(argv[3]), comma == NULL ? 'N' : comma[1], 8, 1);
  modbus_mapping_t *mapping = modbus_mapping_new(0, 0, 65536, 65536);
  if (context == NULL || mapping == NULL) return 2;
  modbus_set_slave(context, atoi(argv[4]));
  for (int i = 5; i < argc; i++) fill(mapping, argv[i]);
  int listening = is_tcp ? modbus_tcp_listen(context, 4) : modbus_connect(context);
  if (listening == -1) {
    fprintf(stderr, "%s\n", modbus_strerror(errno));
    return 1;
  }
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    if (is_tcp && modbus_tcp_accept(context, &listening) == -1) return 1;
    serve(context, mapping);
    if (is_tcp) modbus_close(context);
  }
}
