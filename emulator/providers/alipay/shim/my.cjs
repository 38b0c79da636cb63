// my for code that runs off the phone.
var SERVED_BY = '';
module.exports = { my: {}, createMy: null, install: null };
