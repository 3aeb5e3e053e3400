"""The far end of the line: a town whose subscribers call us, listen, and press keys.

    town = Town(card.far_ends, clips, clock)
    async with town.subscriber("02154321") as caller:
        await caller.dial("95588")
        await caller.hear("welcome")            # told from the received sound alone
        await caller.press("12345#")

The town has an engine of its own and meets ours only on the line.
"""
