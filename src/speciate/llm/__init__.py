"""Language models as operators use them: what is asked, what comes back, who is asked.

chat               the values of a request and a reply
names, keys        `gpt-5-mini`, `local/NAME@URL`; where keys come from, and where they never go
provider           one attempt at one server: `openai_compatible`, `anthropic`, `gemini` over our own `http`, and
                   `pydantic_ai` for all others
limiter, endpoint  a server's limits, shared by all that call it
pool               the `core.protocols.Model` that a run is given
prices             what a call costs, or may cost at most
cache, replay      replies from a file, and from another run's log
"""
