export { Client, type Answer, type Done, type PostOptions, type Problem } from './client.js';
export { describeBadInput, type Example, type Examples } from './bad-input.js';
export { ServiceUnderTest, startForTest, type TestOptions } from './start-for-test.js';
