#include "disabler.h"

#include <stddef.h>

#define ALL 0xffffu

void tc_disabler_init(tc_disabler *d)
{
    tc_fax_tones_init(&d->receive, NULL);
    tc_fax_tones_init(&d->send, NULL);
    d->disabled = 0;
}

void tc_disabler_reset(tc_disabler *d, unsigned lane)
{
    tc_fax_tones_reset(&d->receive, lane);
    tc_fax_tones_reset(&d->send, lane);
    d->disabled &= ~(1u << lane);
}

uint32_t tc_disabler_feed(tc_disabler *d, const int16_t *receive, const int16_t *send, unsigned n)
{
    tc_fax_event events[2][TC_FAX_MAX_EVENTS(TC_FAX_BLOCK)];
    while (n) {
        unsigned some = n < TC_FAX_BLOCK ? n : TC_FAX_BLOCK, found[2];
        found[0] = tc_fax_tones_feed(&d->receive, receive, some, ALL, events[0],
                                     TC_FAX_MAX_EVENTS(TC_FAX_BLOCK));
        found[1] = tc_fax_tones_feed(&d->send, send, some, ALL, events[1],
                                     TC_FAX_MAX_EVENTS(TC_FAX_BLOCK));
        d->disabled &= ~(tc_fax_tones_hushed(&d->receive) & tc_fax_tones_hushed(&d->send));
        for (int way = 0; way < 2; way++)
            for (unsigned i = 0; i < found[way]; i++)
                if (events[way][i].kind == TC_FAX_DISABLE)
                    d->disabled |= 1u << events[way][i].lane;
        receive += some * TC_GROUP;
        send += some * TC_GROUP;
        n -= some;
    }
    return d->disabled;
}
