// The package's `tcp-chat/client`: the client for browsers.
export { connect } from './connect-browser.js';
export * from './api.js';
