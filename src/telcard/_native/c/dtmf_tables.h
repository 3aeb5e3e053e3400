/* Written by dtmf_tables.py, which explains it; do not edit. */
/* clang-format off */
#ifndef TC_DTMF_TABLES_H
#define TC_DTMF_TABLES_H

#define TAPS_2 16
#define TAPS_DIAL 22
#define UNIT 0.5f /* a filter's value for a tone of RMS 1 */
#define DELAY 43.0f /* samples from the filters' middle to their newest */

static const uint32_t STEP_1[2][4][7] = {
    {
        {0xfe330000, 0xf986fa6f, 0x0ec40000, 0x1b041b04, 0x00000ec4, 0xfa6ff986, 0x0000fe33},
        {0xff6a0000, 0x08ea01cf, 0x14521238, 0xf73908c7, 0xedc8ebae, 0xfe31f716, 0x00000096},
        {0x021c0000, 0xf7560186, 0xfe13ef0d, 0x17781778, 0xef0dfe13, 0x0186f756, 0x0000021c},
        {0xff7e0000, 0xf89af9a7, 0x18790705, 0xf19f0e61, 0xf8fbe787, 0x06590766, 0x00000082},
    },
    {
        {0x059101cd, 0x0000067a, 0xe4fcf13c, 0xf13ce4fc, 0x067a0000, 0x01cd0591, 0x00000000},
        {0xfe310096, 0xedc8f716, 0xf739ebae, 0x145208c7, 0x08ea1238, 0xff6a01cf, 0x00000000},
        {0x059101da, 0xef0dff1b, 0x066ded55, 0x0ff21ac3, 0xf4a4f8fb, 0x0122fc97, 0x00000000},
        {0xfc970122, 0xf8fbf4a4, 0x1ac30ff2, 0xed55066d, 0xff1bef0d, 0x01da0591, 0x00000000},
    },
};
static const uint32_t STEP_2[2][8] = {
    {0x03870387, 0x008d008d, 0xf92bf92b, 0xf261f261, 0xf801f801, 0x10de10de, 0x34ea34ea, 0x4fb74fb7},
    {0xfd14fd14, 0x06350635, 0x0b090b09, 0xfdecfdec, 0xe909e909, 0xf437f437, 0x2f532f53, 0x6bfc6bfc},
};
static const uint32_t STEP_DIAL[2][11] = {
    {0x01440144, 0x04090409, 0xfad6fad6, 0xfd76fd76, 0x028a028a, 0xfa04fa04, 0x090a090a, 0x15581558, 0xe61ae61a, 0xdd20dd20, 0x251b251b},
    {0xfd2802d8, 0x03d5fc2b, 0x03d5fc2b, 0xfb3804c8, 0x008dff73, 0xfdf5020b, 0xf2b50d4b, 0x1180ee80, 0x1cf3e30d, 0xdf2e20d2, 0xda2625da},
};
static const float TONE_HZ[2][4] = {
    {697.0f, 770.0f, 852.0f, 941.0f},
    {1209.0f, 1336.0f, 1477.0f, 1633.0f},
};
static const float TURN_1_RE[2][4] = {
    {0.69025124f, 0.97236992f, 0.917754626f, 0.446978621f},
    {0.0706269859f, 0.87630668f, 0.822640518f, -0.256289373f},
};
static const float TURN_1_IM[2][4] = {
    {-0.723569779f, -0.233445364f, 0.397147891f, 0.89454464f},
    {-0.997502796f, -0.481753674f, 0.568561851f, 0.966600102f},
};
static const float TURN_4_RE[2][4] = {
    {-0.995561965f, 0.587785252f, -0.0627905195f, -0.278991106f},
    {0.960293686f, -0.425779292f, -0.75011107f, 0.509041416f},
};
static const float TURN_4_IM[2][4] = {
    {0.0941083133f, -0.809016994f, 0.998026728f, -0.960293686f},
    {0.278991106f, -0.904827052f, 0.661311865f, 0.860742027f},
};
static const float TONE_GAIN[2][4] = {
    {0.962350082f, 1.03635428f, 1.01726166f, 0.980286536f},
    {0.964511753f, 1.00413726f, 1.02913355f, 0.945128414f},
};

#endif
