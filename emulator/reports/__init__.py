"""Questions about what came in, answered when they are asked: nothing here is on the path of a request.

        an Entry of the journal   (raw request, answer, subjects, who decided)
          filters      which entries are meant                       GET journal?...
          short        an entry in a list                            GET journal
          long         an entry with all that follows:               GET journal/{id}
            masking       request and answer without secrets
            near_misses   the rules that almost decided, and why not
            signature     what was signed, and what should have been
            etiquette     what a polite client does otherwise        GET etiquette
          repeat       the rules that would do the same again        POST journal/{id}/rule
          verify       did these calls come, so often, in this order POST journal/verify
          bill         what the provider would have charged for      GET bill

`evidence` turns an entry into the facts that conditions are about, `nearness` tells how far a condition is from them.
"""
