"""Reports: what the emulator can say about the calls that came in.

Reports are made when somebody asks for them; no request waits for them. They begin with an entry of the journal: the
raw request, the answer, the items, and what decided.

    filters              choose entries                                   GET journal?...
    entry_summary        shows an entry in a list                         GET journal
    entry_details        shows an entry with what explains it:            GET journal/{id}
      masking              request and answer without secrets
      near_misses          the rules that almost decided, and why they did not
      signature            what was signed, and what should have been signed
      lint                 what a polite client does otherwise            GET etiquette
    rules_from_entry     makes rules that repeat an answer                POST journal/{id}/rule
    verify               checks which calls came, how often, in what order   POST journal/verify
    bill                 counts what the provider would have charged for  GET bill
    call_log, log_line   write a line for each event to the log

The providers bring what is theirs: the checks of `lint`, the units of `bill`, the ids of tasks whose callbacks
`entry_details` lists. The scheme of a signature knows the timestamp that it covers.

`evidence` turns an entry into the facts that conditions are about. `match_score` says how far a condition is from them.
"""
