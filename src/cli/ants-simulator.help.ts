/** What `ants-simulator --help` prints. */
export const HELP = `Usage: ants-simulator [options]

ANTS' OTP service on this machine: it takes the calls, prints every SMS it "sends", posts delivery
reports and fails on demand. No SMS leaves, nothing is stored.

  --port <number>          port on 127.0.0.1, 0 for a free one (8090)
  --username <text>        HTTP Basic user name (ants-user)
  --password <text>        HTTP Basic password (ants-password)
  --otc-id <text>          an OTP configuration it knows; may be repeated (one UUID)
  --code-length <number>   digits of a code, 4 to 10 (6)
  --ttl <seconds>          life of a code (300)
  --max-attempts <number>  wrong codes per OTP (5)
  --latency <ms>           before each answer, or two bounds: 50-400 (0)
  --fail-rate <share>      calls that fail at random, 0 to 1 (0)
  --seed <number>          of the latency and the failures, to repeat a run (1)
  --reports <when>         delivered, early, late, repeated, shuffled, batched or manual (delivered)
  --set <option>=<value>   any other option of AntsSimulator, e.g. keyCase=lower; may be repeated
  --quiet                  print the address and no SMS
  --help                   print this

Numbers from 0800000000 to 0800000999 behave in ways of their own, e.g. 0800000301 is refused with
0301. GET /_simulator/ lists what can be controlled over HTTP, GET /_simulator/magic-numbers the
numbers. Ctrl-C stops.
`;
