"""Language models as operators use them: what is asked, what comes back, who is asked."""
