// Leads the calls of a Node process to the emulator: loaded before the application by NODE_OPTIONS=--require.
// The variables are those of redirection.py; the emulator's certificate is trusted by NODE_EXTRA_CA_CERTS.
"use strict";
const fs = require("node:fs");
const net = require("node:net");

const { EMULATOR_REROUTE: text = "", EMULATOR_STOPPED: stopped } = process.env;
const [ports = "", ...names] = text.toLowerCase().split(/\s+/).filter(Boolean);
const [tls, plain] = ports.split(",").map(Number);
const emulatorPorts = new Map([[443, tls], [80, plain]]);

const compile = (pattern, star) =>
  new RegExp(`^${pattern.split("*").map((part) => part.replace(/[^\w-]/g, "\\$&")).join(star)}$`, "s");
const compileAll = (sign, star) => names.filter((name) => name[0] === sign).map((name) => compile(name.slice(1), star));
const hosts = names.filter((name) => !"!+".includes(name[0])).map((name) => compile(name, "[^.]*"));
const refused = compileAll("!", ".*");
const allowed = compileAll("+", "[^.]*");

const isIn = (patterns, name) => patterns.some((pattern) => pattern.test(name));

function note(name) {
  if (!stopped) return;
  try {
    fs.appendFileSync(stopped, `${name}\n`);
  } catch (error) {
    process.stderr.write(`moderation-emulator: cannot note a stopped call: ${error.message}\n`);
  }
}

/** Return the address where a call goes. Throws for a name that is refused. */
function lead(host, port) {
  if (typeof host !== "string") return { host, port };
  const name = host.toLowerCase().replace(/\.+$/, "");
  const found = emulatorPorts.get(Number(port));
  if (found && isIn(hosts, name)) return { host: "127.0.0.1", port: found };
  if (isIn(refused, name) && !isIn(allowed, name)) {
    note(name);
    throw Object.assign(new Error(`the emulator stopped a call to the real ${name}`), { code: "ENOTFOUND" });
  }
  return { host, port };
}

/** Return options with another address; the same ones where their call goes its own way. */
function leadOptions(options) {
  if (options === null || typeof options !== "object" || options.path) return options;
  const led = lead(options.host, options.port);
  return led.host === options.host ? options : Object.assign(Object.create(Object.getPrototypeOf(options)), options, led);
}

/** Return the arguments of connect, led: the list [options, callback] that net makes, or options, or port and host. */
function leadAll([first, ...rest]) {
  if (Array.isArray(first)) return [Object.assign([], first, [leadOptions(first[0])]), ...rest];
  if (typeof first === "object") return [leadOptions(first), ...rest];
  if (typeof rest[0] !== "string") return [first, ...rest];
  const { host, port } = lead(rest[0], first);
  return [port, host, ...rest.slice(1)];
}

if ([tls, plain].every((port) => port > 0 && port < 65536)) {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    let led;
    try {
      led = leadAll(given);
    } catch (error) {
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return connect.apply(this, led);
  };
}
